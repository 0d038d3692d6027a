"""A route as the gates' bindings take it, and back."""

from pargrade.bindings.structs import RouteTerms
from pargrade.gate.transfer import End, Route


def terms_of(route: Route) -> RouteTerms:
    """The terms that both gates hash to the id of a route."""
    home, remote = route.home, route.remote
    return RouteTerms(
        home_chain=home.chain,
        home_gate=home.gate,
        home_token=home.token,
        home_decimals=home.decimals,
        remote_chain=remote.chain,
        remote_gate=remote.gate,
        remote_token=remote.token,
        remote_decimals=remote.decimals,
    )


def route_of(terms: RouteTerms) -> Route:
    """The route that terms are of."""
    home = End(terms.home_chain, terms.home_gate, terms.home_token, terms.home_decimals)
    remote = End(terms.remote_chain, terms.remote_gate, terms.remote_token, terms.remote_decimals)
    return Route(home, remote)
