/** What single pages need, for everybody; bound to the document, so that it works for whatever comes into the page later. */
import { drafts } from "./modules/drafts.js";
import { beginAt, copying, inScale, onePlays, sharedList, sharedPlayer, themes } from "./modules/sharing.js";
import { keepOnlyOf } from "./modules/kept_tracks.js";
import { arrangementPage } from "./modules/arrangement.js";
import { chordFields } from "./modules/chords.js";
import { comparedVersions } from "./modules/compare.js";
import { orderPage } from "./modules/order_form.js";

drafts(); // first: the others begin with what it puts back
orderPage();
arrangementPage();
chordFields();
comparedVersions();
copying();
sharedPlayer();
sharedList();
onePlays();
beginAt();
addEventListener("hashchange", beginAt);
themes();
inScale();
if (document.querySelector("[data-nobody]")) keepOnlyOf(""); // pages of errors do not know who is signed in
