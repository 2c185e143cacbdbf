// ESM: the routes that need nothing but the message.
import { roomOf } from "./room.mjs";

export const handler = async (event) => {
  const { routeKey, connectionId } = event.requestContext;
  if (routeKey === "fail") throw new TypeError("there is no such room");
  if (routeKey === "echo") {
    console.log("echo for", connectionId);
    return { statusCode: 200, body: JSON.stringify({ room: roomOf(event), table: process.env.TABLE }) };
  }
  return { statusCode: 200 };
};
