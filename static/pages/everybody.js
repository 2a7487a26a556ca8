/** What single pages need, for everybody; bound to the document, so that it works for whatever comes into the page later. */
import { copying, inScale, sharedPlayer, themes } from "./modules/sharing.js";
import { orderPage } from "./modules/order_form.js";

orderPage();
copying();
sharedPlayer();
themes();
inScale();
