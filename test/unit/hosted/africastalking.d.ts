// The package has no types of its own; these are of what is used here.
declare module 'africastalking' {
  interface Builder {
    say(text: string, attributes?: object): Builder
    play(url: string): Builder
    getDigits(children: object, attributes: object): Builder
    record(children: object, attributes: object): Builder
    dial(phoneNumbers: string, attributes: object): Builder
    redirect(url: string): Builder
    reject(): Builder
    build(): string
  }

  interface Client {
    readonly SMS: {
      send(o: { to: string; message: string; from?: string; enqueue?: boolean }): Promise<unknown>
    }
    readonly VOICE: {
      call(o: { callFrom: string; callTo: string; clientRequestId: string }): Promise<unknown>
      readonly ActionBuilder: new () => Builder
    }
  }

  export default function client(o: { username: string; apiKey: string }): Client
}

declare module 'africastalking/lib/common.js' {
  const urls: { VOICE_URL: string; SMS_URL: string }
  export default urls
}
