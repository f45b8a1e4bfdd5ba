/** A number that is no whole one as it was written: stands where it stood, and fits no schema. */
export class InexactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}
