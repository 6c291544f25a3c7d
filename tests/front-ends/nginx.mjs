// SPDX-License-Identifier: MIT
//
// The nginx that the project ships: what the other front ends are compared with.

import { frontEndCases } from './cases.mjs';

frontEndCases(null);
