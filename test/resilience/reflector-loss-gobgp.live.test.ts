// SPDX-License-Identifier: Apache-2.0
/** Loss of reflectors, with GoBGP as the other reflector. */
import { gobgp, reflectorLoss } from "./reflector-loss.ts";

reflectorLoss(gobgp);
