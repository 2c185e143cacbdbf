// The page of the local system. Each part starts itself; a part that fails leaves the others alone.
import * as compose from "./compose.js";
import * as connection from "./connection.js";
import * as faults from "./faults.js";
import * as inbox from "./inbox.js";
import * as people from "./people.js";
import * as receipts from "./receipts.js";
import * as recovery from "./recovery.js";
import * as snippets from "./snippets.js";
import * as stream from "./stream.js";
import * as system from "./system.js";

// Another application has no bus and no tables that this page knows: it still has its frames, clock and faults.
if (!snippets.system) for (const part of document.querySelectorAll(".compose, .receipts, .people")) /** @type {HTMLElement} */ (part).hidden = true;

for (const part of [system, stream, compose, receipts, recovery, inbox, connection, people, faults]) {
  try {
    await part.start();
  } catch (error) {
    console.error(error);
  }
}
