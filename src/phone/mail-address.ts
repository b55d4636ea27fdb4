/** As it stands in a command of SMTP (RFC 5321 §4.1.2): no comments, no quotes, no route. */
export const mailAddress = /^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/
