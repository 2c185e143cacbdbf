/** @import { ClientOptions, Welcome } from "../types/index.js" */

// As the guide's clients: a heartbeat and a half without a word is suspicious. The server is then asked before the
// connection is given up, since a late minute tick is not a dead connection.
const SILENCE_FACTOR = 1.5;
const ANSWER_MS = 10_000;
const DEFAULT_HEARTBEAT_SECONDS = 30;

/**
 * @typedef {object} Link
 * @property {boolean} opened
 * @property {number} remainingMs how long the server will keep this connection, by the server's own clock
 * @property {(message: object) => void} send
 * @property {() => void} probe ask for a sign of life; without one the connection counts as lost
 * @property {() => void} close
 */

/**
 * @typedef {object} LinkOwner
 * @property {(link: Link, welcome: Welcome) => void} welcomed
 * @property {(link: Link, message: any) => void} received
 * @property {(link: Link, reason: string) => void} lost called once, never after `close`
 * @property {(line: string) => void} log
 */

/**
 * One connection: its socket, its welcome, and the watch over its silence.
 * @param {LinkOwner} owner
 * @param {ClientOptions} options
 * @param {string[]} protocols
 * @param {boolean} renewable a successor would bring a new token, so that this connection is over when its token is
 * @returns {Link}
 */
export const openLink = (owner, { url, WebSocket = globalThis.WebSocket, welcomeTimeoutMs = 15_000, keepAliveMs, answerPings }, protocols, renewable) => {
  const socket = protocols.length ? new WebSocket(url, protocols) : new WebSocket(url);
  let expiresAt = Infinity;
  /** 0: there was no welcome yet. */
  let heartbeatMs = 0;
  let ended = false;
  /** @type {ReturnType<typeof setTimeout>} */
  let watch;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let keepAlive;

  /** @type {Link} */
  const link = {
    opened: false,
    remainingMs: Infinity,
    send: (message) => {
      if (socket.readyState !== 1) return;
      const text = JSON.stringify(message);
      owner.log(`→ ${text}`);
      socket.send(text);
    },
    probe: () => {
      loseIn(ANSWER_MS, "the server fell silent");
      link.send({ action: "ping" });
    },
    close: () => {
      ended = true;
      clearTimeout(watch);
      clearInterval(keepAlive);
      socket.close(1000);
    },
  };

  /** @param {string} reason */
  const lose = (reason) => {
    if (ended) return;
    link.close();
    owner.lost(link, reason);
  };

  /** @param {number} waitMs @param {string} reason */
  const loseIn = (waitMs, reason) => {
    clearTimeout(watch);
    watch = setTimeout(() => lose(reason), waitMs);
  };

  const listen = () => {
    clearTimeout(watch);
    watch = setTimeout(link.probe, heartbeatMs * SILENCE_FACTOR);
  };

  /** @param {Welcome} welcome */
  const greet = (welcome) => {
    heartbeatMs = (welcome.heartbeat_seconds ?? DEFAULT_HEARTBEAT_SECONDS) * 1000;
    const tokenEnd = renewable ? welcome.token_expires_at : null;
    expiresAt = Math.min(...[welcome.expires_at, tokenEnd].map((end) => Date.parse(end ?? "") || Infinity));
    link.remainingMs = expiresAt - Date.parse(welcome.timestamp);
    listen();
    if (keepAliveMs) keepAlive = setInterval(() => link.send({ action: "ping" }), keepAliveMs);
    owner.welcomed(link, welcome);
  };

  socket.onopen = () => {
    link.opened = true;
  };
  socket.onclose = ({ code, reason }) => lose(link.opened ? `closed by the server (${code}${reason && ` ${reason}`})` : "could not connect");
  socket.onmessage = ({ data }) => {
    if (ended) return;
    owner.log(`← ${data}`);
    let message;
    try {
      message = JSON.parse(String(data));
    } catch {
      return; // No server of ours sends this: a proxy's greeting at most.
    }
    if (heartbeatMs) listen();
    switch (message?.type) {
      case "system.connected":
        if (heartbeatMs) return;
        greet(message.data);
        break;
      case "system.ping":
        if (answerPings) link.send({ action: "pong" });
      // fall through: both tell the server's time
      case "system.pong":
        link.remainingMs = expiresAt - Date.parse(message.timestamp);
    }
    owner.received(link, message);
  };
  loseIn(welcomeTimeoutMs, "no welcome came");
  return link;
};
