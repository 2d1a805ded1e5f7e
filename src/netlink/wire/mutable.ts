// SPDX-License-Identifier: Apache-2.0
/** The same value while a decoder still fills it in. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };
