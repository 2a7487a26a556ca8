/** What single pages need, for everybody; bound to the document, so that it works for whatever comes into the page later. */
import { drafts } from "./modules/drafts.js";
import { beginAt, copying, inScale, onePlays, sharedList, sharedPlayer, themes, whereThereIs } from "./modules/sharing.js";
import { keepOnlyOf } from "./modules/kept_tracks.js";
import { orderPage } from "./modules/order_form.js";

drafts(); // first: the others begin with what it puts back
orderPage();
whereThereIs("[data-desk], [data-compare]", () => import("./modules/shaping.js"));
copying();
sharedPlayer();
sharedList();
onePlays();
beginAt();
addEventListener("hashchange", beginAt);
themes();
inScale();
if (document.querySelector("[data-nobody]")) keepOnlyOf(""); // pages of errors do not know who is signed in
