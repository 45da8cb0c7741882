// SPDX-License-Identifier: Apache-2.0
import { configPage } from './config.ts';
import { corpusPage, hasCorpus } from './corpus.ts';
import { errorsPage } from './errors.ts';
import { httpPage } from './http.ts';
import { languagePage } from './language.ts';
import { templatesPage } from './templates.ts';

/** The pages of docs/ that are printed from the code they describe. */
export const PAGES: Record<string, () => string> = {
  'language.md': languagePage,
  'config.md': configPage,
  'errors.md': errorsPage,
  'http.md': httpPage,
  'templates.md': templatesPage,
};

/** Pages about what lies beside the checkout, and whether it does. */
export const PAGES_ELSEWHERE: Record<string, { print: () => string; possible: () => boolean }> = {
  'corpus.md': { print: corpusPage, possible: hasCorpus },
};
