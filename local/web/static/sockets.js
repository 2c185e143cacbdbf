// The browser's WebSocket, with every frame in both directions told, and a way to send text as it is.
import { addFrame } from "./stream.js";

/** @type {WebSocket | null} */
let current = null;

export class ToldWebSocket extends WebSocket {
  /** @param {string | URL} url @param {string | string[]} [protocols] */
  constructor(url, protocols) {
    super(url, protocols);
    this.addEventListener("open", () => {
      current = this;
      addFrame("state", `connected to ${new URL(url).pathname}${new URL(url).search}`);
    });
    this.addEventListener("message", ({ data }) => addFrame("in", String(data)));
    this.addEventListener("close", ({ code, reason }) => {
      if (current === this) current = null;
      addFrame("state", `closed with ${code}${reason && `: ${reason}`}`);
    });
  }

  /** @override @param {string} text */
  send(text) {
    addFrame("out", text);
    super.send(text);
  }
}

/** Whether it could be sent.
 * @param {string} text */
export const sendRaw = (text) => {
  if (current?.readyState !== WebSocket.OPEN) return false;
  current.send(text);
  return true;
};
