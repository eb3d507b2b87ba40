/** There is something already that must not be overwritten by mistake, or nothing where something is needed. */
export class LabFilesProblem extends Error {
  override name = "LabFilesProblem";
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}
