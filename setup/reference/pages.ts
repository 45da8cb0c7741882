// SPDX-License-Identifier: Apache-2.0
import { configPage } from './config.ts';
import { errorsPage } from './errors.ts';
import { httpPage } from './http.ts';
import { languagePage } from './language.ts';

/** The pages of docs/ that are printed from the code they describe. */
export const PAGES: Record<string, () => string> = {
  'language.md': languagePage,
  'config.md': configPage,
  'errors.md': errorsPage,
  'http.md': httpPage,
};
