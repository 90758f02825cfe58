/**
 * Two inputs and two outputs: a clip of six 8 x 8 frames in which a dot moves left or right, and 64 samples of a tone.
 * Which way does it move (classes), and how high is the tone (a number)? Each output has its own loss.
 */
import { adam, graph } from "netpick";
import { uniform } from "./uniform.ts";

const clips = graph({ video: [1, 6, 8, 8], audio: [1, 64] }, ({ video, audio }) => {
  const seen = video.conv3d(4, 3).relu().flatten().linear(16).relu();
  const heard = audio.conv1d(8, 9, { stride: 4 }).relu().flatten().linear(16).relu();
  const both = seen.concat(heard);
  return { direction: both.linear(2), pitch: both.linear(1) };
});

/** `count` clips, drawn by the seed. */
function someClips(count: number, seed: number) {
  const draw = uniform(seed);
  const [video, audio] = [new Float32Array(count * 6 * 64), new Float32Array(count * 64)];
  const [direction, pitch] = [new Int32Array(count), new Float32Array(count)];
  for (let clip = 0; clip < count; clip++) {
    const right = draw() < 0.5;
    const [row, phase] = [Math.floor(8 * draw()), 6.28 * draw()];
    direction[clip] = right ? 1 : 0;
    const height = 1 + draw();
    pitch[clip] = height;
    for (let frame = 0; frame < 6; frame++) {
      video[clip * 384 + frame * 64 + row * 8 + (right ? frame : 7 - frame)] = 1;
    }
    for (let t = 0; t < 64; t++) audio[clip * 64 + t] = Math.sin(0.5 * height * t + phase);
  }
  return { inputs: { video, audio }, targets: { direction, pitch } };
}

const model = await clips.fit(someClips(1000, 1), {
  epochs: 15,
  optimizer: adam({ learningRate: 0.003 }),
  loss: { direction: "crossEntropy", pitch: { name: "huber", weight: 3 } },
});
const found = await model.evaluate(someClips(300, 2));
console.log(clips.summary());
console.log(`direction right in more than 95 % of new clips: ${found["direction.accuracy"]! > 0.95}`);
console.log(`more than 90 % of the pitch's variance explained: ${found["pitch.r2"]! > 0.9}`);
