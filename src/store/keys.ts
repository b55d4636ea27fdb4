import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Secrets of the data folder. Whoever has the database alone can neither read trunk passwords nor make links. */
export interface Keys {
  /** AES-256-GCM. @param context bound to the value, e.g. the id of its row: a value moved elsewhere does not open */
  seal(text: string, context: string): Buffer
  /** @throws when the value was sealed with another key or for another context */
  open(sealed: Buffer, context: string): string
  /** HMAC-SHA-256 cut to 128 bits, base64url. */
  sign(text: string): string
  verify(text: string, signature: string): boolean
}

/** Reads `key` in the data folder; makes it at the first start. */
export function loadKeys(dataFolder: string): Keys {
  const path = join(dataFolder, 'key')
  const root = Buffer.from(readKey(path) ?? makeKey(path), 'base64')
  if (root.length !== 32) {
    throw new Error(
      `${path} does not hold a key of 32 bytes in base64. Put the original back; without it trunk passwords cannot be read.`,
    )
  }
  return keysFrom(root)
}

function readKey(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function makeKey(path: string): string {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const text = randomBytes(32).toString('base64')
  writeFileSync(draft, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    linkSync(draft, path)
    return text
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return readFileSync(path, 'utf8').trim() // another process was quicker
  } finally {
    rmSync(draft)
  }
}

export function keysFrom(root: Buffer): Keys {
  const sealing = Buffer.from(hkdfSync('sha256', root, '', 'offhook seal 1', 32))
  const signing = Buffer.from(hkdfSync('sha256', root, '', 'offhook sign 1', 32))
  const mac = (text: string): Buffer => createHmac('sha256', signing).update(text).digest().subarray(0, 16)
  return {
    seal(text, context) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body])
    },
    open(sealed, context) {
      const decipher = createDecipheriv('aes-256-gcm', sealing, sealed.subarray(0, 12), { authTagLength: 16 })
      decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(12, 28))
      try {
        return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString('utf8')
      } catch {
        // OpenSSL says only "unable to authenticate data".
        throw new Error(
          `The secret of ${context} cannot be read: the key file in the data folder is not the one it was written with.`,
        )
      }
    },
    sign: (text) => mac(text).toString('base64url'),
    verify(text, signature) {
      const given = Buffer.from(signature, 'base64url')
      const right = mac(text)
      return given.length === right.length && timingSafeEqual(given, right)
    },
  }
}
