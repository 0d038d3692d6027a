/** A series' book kept up to date over the relay's WebSocket, resumed where it was cut off. */
import { Book, Gap } from "./book";

/** How the book stands with its relay. */
export interface BookState {
  readonly book: Book;
  /** Whether increments arrive now. */
  readonly isLive: boolean;
  /** Unix milliseconds of the newest message; undefined before the first. */
  readonly at: number | undefined;
}

const MOST_CHARACTERS = 1 << 20;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

export class BookStream {
  readonly #book = new Book();
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #isLive = false;
  #at: number | undefined;
  #isOver = false;

  /** `url` is of the relay's stream, ws:// or wss://. `onChange` is called at most once a frame. */
  constructor(
    private readonly url: string,
    private readonly series: bigint,
    private readonly onChange: (state: BookState) => void,
    private readonly open: (url: string) => WebSocket = (found) => new WebSocket(found),
  ) {
    this.#connect();
  }

  get state(): BookState {
    return { book: this.#book, isLive: this.#isLive, at: this.#at };
  }

  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    // Closed while it connects, a browser would warn of it.
    if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
    else socket?.close();
  }

  #connect(): void {
    const position = this.#book.position;
    const resume = position ? `?stream=${position.stream}&update=${position.update}` : "";
    let socket: WebSocket;
    try {
      socket = this.open(`${this.url.replace(/\/+$/, "")}/${this.series}${resume}`);
    } catch {
      this.#retry();
      return;
    }
    this.#socket = socket;
    socket.onopen = () => {
      // Where nothing was missed the relay sends nothing: the book is as it stands.
      if (position) this.#note();
    };
    socket.onmessage = (event) => this.#take(socket, event.data);
    socket.onclose = () => {
      if (this.#socket === socket) this.#retry();
    };
  }

  #take(socket: WebSocket, data: unknown): void {
    if (this.#socket !== socket || this.#isOver) return;
    try {
      if (typeof data !== "string" || data.length > MOST_CHARACTERS) throw new Gap();
      this.#book.apply(JSON.parse(data), this.series);
    } catch (failure) {
      // An increment that does not fit: a fresh connection begins from a snapshot.
      if (failure instanceof Gap) this.#book.forget();
      socket.close();
      return;
    }
    this.#note();
  }

  #note(): void {
    this.#failures = 0;
    this.#isLive = true;
    this.#at = Date.now();
    this.onChange(this.state);
  }

  #retry(): void {
    this.#socket = undefined;
    if (this.#isOver) return;
    this.#isLive = false;
    this.onChange(this.state);
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.#failures, LONGEST_WAIT_MS);
    this.#failures = Math.min(this.#failures + 1, 10);
    this.#timer = setTimeout(() => this.#connect(), wait);
  }
}
