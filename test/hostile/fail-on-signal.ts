// SPDX-License-Identifier: Apache-2.0
/**
 * Loaded into a daemon by `NODE_OPTIONS=--import` of a test: a fault that nobody foresaw, on SIGUSR2 as an exception, on SIGURG
 * as a promise that nobody waits for.
 */
process.on("SIGUSR2", () => {
  throw new TypeError("nobody foresaw this");
});
process.on("SIGURG", () => {
  void Promise.reject(new RangeError("nobody waits for this"));
});
