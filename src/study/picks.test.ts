import { describe, expect, it } from "vitest";
import { byAccuracy, type LeaderboardRow } from "./leaderboard.js";
import { pick } from "./picks.js";

function row(
  name: string,
  accuracy: number | undefined,
  params: number,
  state: LeaderboardRow["state"] = "done",
): LeaderboardRow {
  return {
    trial: `t-${name}`,
    name,
    computation: "Linear",
    activation: "none",
    state,
    accuracy,
    params,
    macs: 2 * params,
    memoryElements: 1588,
    ops: 3,
    trainSeconds: 1,
  };
}

describe("of five networks", () => {
  const rows = [
    row("big", 0.98, 100_000),
    row("middle", 0.97, 20_000),
    row("poor", 0.9699, 1_500),
    row("tiny", 0.8, 1_000),
    row("wasteful", 0.9, 50_000),
    row("broken", 0.99, 10, "diverged"),
    row("dead", undefined, 5, "failed"),
    row("young", 0.999, 10, "running"),
  ];
  const { best, cheapest, front } = pick(rows, 10_000);

  it("the best is the most accurate that is done", () => {
    expect(best!.row.name).toBe("big");
    expect(best!.why).toBe(
      "big is the most accurate of 5 networks: it gets 98.00 % of 10,000 test items right, with 100,000 parameters and 200,000 multiply-accumulates.",
    );
  });

  it("the cheapest may be exactly one percentage point below, not more", () => {
    expect(cheapest!.row.name).toBe("middle");
    expect(cheapest!.why).toBe(
      "middle has the fewest parameters (20,000) of the 2 networks within one percentage point of the best: 97.00 % right, 1.00 percentage point less than big, for 5 times fewer parameters.",
    );
  });

  it("the front leaves out what another beats in both", () => {
    expect(front.map(p => p.row.name)).toEqual(["tiny", "poor", "middle", "big"]);
    expect(front.map(p => p.why)).toEqual([
      "tiny gets 80.00 % right with 1,000 parameters: no network has fewer.",
      "poor gets 96.99 % right with 1,500 parameters: 16.99 percentage points more than tiny, for 500 more parameters.",
      "middle gets 97.00 % right with 20,000 parameters: 0.01 percentage points more than poor, for 18,500 more parameters.",
      "big gets 98.00 % right with 100,000 parameters: 1.00 percentage point more than middle, for 80,000 more parameters.",
    ]);
  });
});

it("of equal accuracies fewer parameters win, of those too the name", () => {
  const rows = [row("c", 0.9, 200), row("b", 0.9, 100), row("a", 0.9, 100)];
  const { best, cheapest, front } = pick(rows, 10);
  expect([...rows].sort(byAccuracy).map(r => r.name)).toEqual(["a", "b", "c"]);
  expect(best!.row.name).toBe("a");
  expect(cheapest!.why).toBe(
    "a, the most accurate, also has the fewest parameters (100) of the 3 networks within one percentage point of it.",
  );
  expect(front.map(p => p.row.name)).toEqual(["a"]);
});

it("of one network, all picks are that one", () => {
  const { best, front } = pick([row("one", 0.5, 1)], 1);
  expect(best!.why).toBe(
    "one is the most accurate of 1 network: it gets 50.00 % of 1 test item right, with 1 parameter and 2 multiply-accumulates.",
  );
  expect(front).toHaveLength(1);
});

it("picks nothing while nothing is done", () => {
  expect(pick([row("young", 0.9, 1, "running")], 10)).toEqual({ best: undefined, cheapest: undefined, front: [] });
});

it("a network without parameters is no division by zero", () => {
  const { cheapest } = pick([row("free", 0.895, 0), row("big", 0.9, 10)], 10);
  expect(cheapest!.why).toBe(
    "free has the fewest parameters (0) of the 2 networks within one percentage point of the best: 89.50 % right, 0.50 percentage points less than big.",
  );
});
