/** What acts: puts the wallet and its buttons into the places that views leave for them. */
import { GradeActions } from "./actions/wrap";
import { RouteActions } from "./actions/send";
import { fillSlot } from "./slots";
import { WalletButton } from "./wallet/button";

fillSlot("wallet", WalletButton);
fillSlot("gradeActions", GradeActions);
fillSlot("routeActions", RouteActions);
