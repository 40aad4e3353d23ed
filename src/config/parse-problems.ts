import type { z } from 'zod';
import type { Problem } from './error.ts';
import { show, showPath, suggest } from './words.ts';

/** An issue with unknown keys is a problem for each of them; its message lists the known ones. */
export const problemsOf = (issue: z.core.$ZodIssue): Problem[] => {
  if (issue.code === 'invalid_union') {
    // Of the shapes that are allowed, the one that was meant: it got as far as the keys.
    const meant = issue.errors.find((found) =>
      found.some(({ code, path }) => path.length > 0 || code === 'unrecognized_keys'),
    );
    if (meant) return meant.flatMap((inner) => problemsOf({ ...inner, path: [...issue.path, ...inner.path] }));
  }
  if (issue.code !== 'unrecognized_keys') return [{ path: showPath(issue.path), sentence: issue.message }];
  return issue.keys.map((key) => ({
    path: showPath(issue.path),
    sentence: `unknown key ${show(key)}${suggest(key, issue.message.split(', '))}; allowed: ${issue.message}`,
  }));
};
