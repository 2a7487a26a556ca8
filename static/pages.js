/** What single pages need, for everybody; bound to the document, so that it works for whatever comes into the page later. */
import { copying, inScale, sharedPlayer, themes } from "./jobs/sharing.js";
import { studio } from "./jobs/studio.js";

studio();
copying();
sharedPlayer();
themes();
inScale();
