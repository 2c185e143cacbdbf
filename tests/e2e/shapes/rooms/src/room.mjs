export const roomOf = (event) => JSON.parse(event.body).room ?? "lobby";
