import { join } from "node:path";
import { cachedRegistry } from "../cached-registry.ts";
import { temporaryFolder } from "../testing/temporary-folder.ts";
import { verifyRegistry } from "../testing/verify-registry.ts";
import { openSqliteRegistry } from "./sqlite-registry.ts";

const folder = temporaryFolder();
let opened = 0;
const open = () => openSqliteRegistry({ file: join(folder, `${++opened}.db`), create: true });

verifyRegistry("sqlite", open);
verifyRegistry("sqlite behind a cache", async () => cachedRegistry(await open()));
