import { execFileSync } from "node:child_process";

/** Tests run the build: the command line, and the threads of the server. It takes a moment where nothing has changed. */
export default function build(): void {
  execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
}
