import { rollBack } from "../xiaozhi/roll-back.ts";
import { type Command, exitCodes } from "./command.ts";
import { given, text } from "./option-values.ts";
import { printJson, wrap } from "./print.ts";
import { fileArgument } from "./xiaozhi-options.ts";

export const xiaozhiRollback: Command = {
  name: "xiaozhi rollback",
  summary: "Put a xiaozhi server's .config.yaml back as it was before the last apply, byte for byte",
  arguments: [fileArgument],
  options: [
    { flags: "--backup <path>", description: "this backup (default: the newest beside the file)" },
    { flags: "--force", description: "also when the file was changed since; that content is kept beside it" },
  ],
  examples: ["connack xiaozhi rollback data/.config.yaml"],
  async run(input, context) {
    const [name = ""] = input.args;
    const backup = text(input, "backup");
    const done = await rollBack(name, {
      ...given({ backup }),
      force: input.options["force"] === true,
      now: new Date(),
    });
    if (context.json) {
      printJson(context, { file: name, ...done });
      return exitCodes.ok;
    }
    if (!done.changed) context.out(`Nothing to do: ${name} is as it is in ${done.backup}\n`);
    else {
      context.out(`${name} is again as it was before apply; from ${done.backup}\n`);
      if (done.keptAt !== undefined) context.out(`What was in it: ${done.keptAt}\n`);
      const restart =
        "Restart xiaozhi-server: it reads the file at its start. Devices go back to the former broker when they are restarted.";
      context.out(`${wrap(restart)}\n`);
    }
    return exitCodes.ok;
  },
};
