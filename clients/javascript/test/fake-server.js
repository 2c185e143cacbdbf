/** A server in this process that holds state: who is connected, to which channels, and what each client said. */
export class FakeServer {
  /** @type {FakeSocket[]} every connection ever tried, in order */
  tried = [];
  heartbeatSeconds = 30;
  lifetimeMs = 2 * 60 * 60 * 1000;
  /** @type {number | null} how long a token lasts */
  tokenMs = null;
  refusing = false;
  welcoming = true;
  answering = true;

  constructor() {
    const server = this;
    this.WebSocket = /** @type {any} */ (
      class extends FakeSocket {
        /** @param {string} url @param {string[]} [protocols] */
        constructor(url, protocols) {
          super(server, new URL(url), protocols ?? []);
        }
      }
    );
  }

  get live() {
    return this.tried.filter((socket) => socket.readyState === 1);
  }

  get last() {
    return /** @type {FakeSocket} */ (this.tried.at(-1));
  }

  /** @param {object} event */
  publish(event) {
    const sent = { type: "job.created", channel: "jobs", data: {}, timestamp: time(), ...event };
    for (const socket of this.live) if (socket.channels.has(sent.channel)) socket.deliver(sent);
  }
}

const time = () => new Date().toISOString();

export class FakeSocket {
  readyState = 0;
  /** @type {any[]} */
  heard = [];
  closedWith = 0;
  /** @type {(() => void) | null} */ onopen = null;
  /** @type {((event: { data: string }) => void) | null} */ onmessage = null;
  /** @type {((event: { code: number, reason: string }) => void) | null} */ onclose = null;

  /** @param {FakeServer} server @param {URL} url @param {string[]} protocols */
  constructor(server, url, protocols) {
    this.server = server;
    this.query = url.searchParams;
    this.protocols = protocols;
    this.channels = new Set((this.query.get("channels") ?? "").split(",").filter(Boolean));
    this.id = `c${server.tried.push(this)}`;
    queueMicrotask(() => {
      if (this.readyState === 3) return;
      if (server.refusing) this.drop(1006);
      else {
        this.readyState = 1;
        this.onopen?.();
        if (server.welcoming) this.welcome();
      }
    });
  }

  welcome() {
    const { heartbeatSeconds, lifetimeMs, tokenMs } = this.server;
    this.deliver({
      type: "system.connected",
      data: {
        connection_id: this.id,
        user_id: this.query.get("user_id"),
        channels: [...this.channels],
        message: "Connected to WebSocket server",
        timestamp: time(),
        heartbeat_seconds: heartbeatSeconds,
        expires_at: new Date(Date.now() + lifetimeMs).toISOString(),
        token_expires_at: tokenMs === null ? null : new Date(Date.now() + tokenMs).toISOString(),
      },
      timestamp: time(),
    });
  }

  ping(timestamp = time()) {
    this.deliver({ type: "system.ping", data: { timestamp }, timestamp });
  }

  /** @param {object | string} message */
  deliver(message) {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }

  /** @param {number} code */
  drop(code, reason = "") {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }

  /** @param {number} code */
  close(code) {
    this.closedWith = code;
    this.drop(code);
  }

  /** @param {string} text */
  send(text) {
    const message = JSON.parse(text);
    this.heard.push(message);
    if (!this.server.answering) return;
    const { action, channel, request_id } = message;
    /** @param {string} name @param {object} data */
    const reply = (name, data) => this.deliver({ type: `system.${name}`, data: { ...data, request_id }, timestamp: time() });
    if (action === "ping") reply("pong", {});
    if (action === "list_channels") reply("channels", { channels: [...this.channels] });
    if (action === "subscribe" && channel === "nonsense") reply("error", { code: "unknown_channel", message: "No such channel" });
    else if (action === "subscribe") {
      this.channels.add(channel);
      reply("subscribed", { channel, subscriber_count: 1 });
    }
    if (action === "unsubscribe") {
      this.channels.delete(channel);
      reply("unsubscribed", { channel });
    }
  }
}
