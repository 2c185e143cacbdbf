/** @import { Welcome } from "../types/index.js" */

// As the guide's clients: a heartbeat and a half without a word is suspicious. The server is then asked before the
// connection is given up, since a late minute tick is not a dead connection.
const SILENCE_FACTOR = 1.5;
const ANSWER_MS = 10_000;
const DEFAULT_HEARTBEAT_SECONDS = 30;

/**
 * @typedef {object} LinkOwner
 * @property {(link: Link) => void} welcomed
 * @property {(link: Link, message: any) => void} received
 * @property {(link: Link, reason: string) => void} lost called once, never after `close`
 */

/** One connection: its socket, its welcome, and the watch over its silence. */
export class Link {
  opened = false;
  /** @type {Welcome | null} */
  welcome = null;
  /** How long the server will keep this connection, by the server's own clock. */
  remainingMs = Infinity;
  #expiresAt = Infinity;
  #owner;
  #socket;
  #renewable;
  #answerPings;
  #log;
  #keepAliveMs;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watch;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #keepAlive;
  #ended = false;

  /**
   * @param {LinkOwner} owner
   * @param {{ WebSocket: typeof globalThis.WebSocket, url: string, protocols: string[], renewable: boolean, welcomeTimeoutMs: number, keepAliveMs: number, answerPings: boolean, log: (line: string) => void }} options
   *   `renewable`: a successor would bring a new token, so that this connection is over when its token is
   */
  constructor(owner, { WebSocket, url, protocols, renewable, welcomeTimeoutMs, keepAliveMs, answerPings, log }) {
    this.#owner = owner;
    this.#answerPings = answerPings;
    this.#log = log;
    this.#renewable = renewable;
    this.#keepAliveMs = keepAliveMs;
    this.#socket = protocols.length ? new WebSocket(url, protocols) : new WebSocket(url);
    this.#socket.onopen = () => {
      this.opened = true;
    };
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    this.#socket.onclose = ({ code, reason }) =>
      this.#lose(this.opened ? `closed by the server (${code}${reason && ` ${reason}`})` : "could not connect");
    this.#watch = setTimeout(() => this.#lose("no welcome came"), welcomeTimeoutMs);
  }

  /** @param {object} message */
  send(message) {
    if (this.#socket.readyState !== 1) return;
    const text = JSON.stringify(message);
    this.#log(`→ ${text}`);
    this.#socket.send(text);
  }

  /** Ask for a sign of life; without one the connection counts as lost. */
  probe() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#lose("the server fell silent"), ANSWER_MS);
    this.send({ action: "ping" });
  }

  close() {
    this.#end();
    this.#socket.close(1000);
  }

  /** @param {unknown} text */
  #receive(text) {
    if (this.#ended) return;
    this.#log(`← ${text}`);
    let message;
    try {
      message = JSON.parse(String(text));
    } catch {
      return; // No server of ours sends this: a proxy's greeting at most.
    }
    if (this.welcome) this.#listen();
    switch (message?.type) {
      case "system.connected":
        if (this.welcome) return;
        this.#greet(message.data);
        break;
      case "system.ping":
        if (this.#answerPings) this.send({ action: "pong" });
      // fall through: both tell the server's time
      case "system.pong":
        this.remainingMs = this.#expiresAt - Date.parse(message.timestamp);
    }
    this.#owner.received(this, message);
  }

  /** @param {Welcome} welcome */
  #greet(welcome) {
    this.welcome = welcome;
    const tokenEnd = this.#renewable ? welcome.token_expires_at : null;
    this.#expiresAt = Math.min(...[welcome.expires_at, tokenEnd].map((end) => Date.parse(end ?? "") || Infinity));
    this.remainingMs = this.#expiresAt - Date.parse(welcome.timestamp);
    this.#listen();
    if (this.#keepAliveMs) this.#keepAlive = setInterval(() => this.send({ action: "ping" }), this.#keepAliveMs);
    this.#owner.welcomed(this);
  }

  #listen() {
    clearTimeout(this.#watch);
    const heartbeatMs = (this.welcome?.heartbeat_seconds ?? DEFAULT_HEARTBEAT_SECONDS) * 1000;
    this.#watch = setTimeout(() => this.probe(), heartbeatMs * SILENCE_FACTOR);
  }

  /** @param {string} reason */
  #lose(reason) {
    if (this.#ended) return;
    this.close();
    this.#owner.lost(this, reason);
  }

  #end() {
    this.#ended = true;
    clearTimeout(this.#watch);
    clearInterval(this.#keepAlive);
  }
}
