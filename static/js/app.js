// Starts what every page has. Each module finds its own elements and does nothing where there are none.
import "./toasts.js";
import "./dialogs.js";
import "./menus.js";
import "./keys.js";
import "./palette.js";
import "./rows.js";
import "./peek.js";
import "./rail.js";
import "./theme.js";
import "./requests.js";
import "./charts.js";
import "./drop.js";
import "./pickers.js";
import "./tabs.js";
