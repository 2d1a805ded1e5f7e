// SPDX-License-Identifier: Apache-2.0
/** Loss of reflectors, with another reflector of ours. */
import { weftReflector, reflectorLoss } from "./reflector-loss.ts";

reflectorLoss(weftReflector);
