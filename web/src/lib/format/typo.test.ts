import { expect, it } from 'vitest'
import { probablyMeant } from './typo'

it.each([
  ['kari@gmial.com', 'kari@gmail.com'],
  ['kari@gmal.com', 'kari@gmail.com'],
  ['kari@gmaill.com', 'kari@gmail.com'],
  ['kari@gmail.con', 'kari@gmail.com'],
  [' Kari@HOTMIAL.com ', 'Kari@hotmail.com'],
  ['kari@outlok.com', 'kari@outlook.com'],
  ['kari@t-onlin.de', 'kari@t-online.de'],
])('takes %s for a slip of %s', (typed, meant) => expect(probablyMeant(typed)).toBe(meant))

it.each([
  'kari@gmail.com',
  'kari@mail.com',
  'kari@ymail.com',
  'kari@example.com',
  'kari@gm',
  'kari',
  'a@b@gmial.com',
])('leaves %s as it is', (typed) => expect(probablyMeant(typed)).toBeUndefined())
