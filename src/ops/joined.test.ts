import { it } from "vitest";
import { joined } from "../../test/battery/joined.js";
import { checkNetwork } from "../../test/battery/network-gradients.js";

it("joins, cuts, moves and reductions together have the gradients of finite differences", async () => {
  await checkNetwork(joined, { bends: true });
});
