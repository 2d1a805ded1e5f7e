// SPDX-License-Identifier: Apache-2.0
/** Loss of reflectors, with FRR as the other reflector. */
import { frr, reflectorLoss } from "./reflector-loss.ts";

reflectorLoss(frr);
