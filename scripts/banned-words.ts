import { findBannedWords } from "../tests/architecture/banned-words.ts";

const found = findBannedWords();
for (const problem of found) console.error(problem);
process.exit(found.length === 0 ? 0 : 1);
