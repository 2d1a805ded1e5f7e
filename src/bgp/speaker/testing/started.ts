// SPDX-License-Identifier: Apache-2.0
import { afterEach } from "node:test";
import type { SpeakerConfig } from "../config.ts";
import type { SpeakerOptions } from "../speaker.ts";
import { makeSpeaker, type RunningSpeaker } from "./speakers.ts";

/** For a file of tests, at its top. @returns starts a speaker that runs until the test is over */
export function speakersOfTests(): (config: SpeakerConfig, over?: Partial<SpeakerOptions>) => Promise<RunningSpeaker> {
  const running: RunningSpeaker[] = [];
  afterEach(async () => {
    for (const s of running.splice(0)) await s.speaker.stop();
  });
  return async (config, over = {}) => {
    const s = makeSpeaker(config, over);
    running.push(s);
    await s.speaker.start();
    return s;
  };
}
