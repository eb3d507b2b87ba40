/** Something whoever moves a xiaozhi server has to know or decide; `name` is stable. Never holds a secret. */
export interface Remark {
  name: string;
  sentence: string;
  /** What to do. */
  next: string;
}
