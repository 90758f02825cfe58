/** Languages that are written and never read. */
export { writeArraymancer } from "./arraymancer.js";
export { writeFlux } from "./flux.js";
export { writeGrenade } from "./grenade.js";
export { writeKeras } from "./keras.js";
export { SpellingError } from "./spelled.js";
export { TypeScriptError, writeTypeScript } from "./typescript.js";
