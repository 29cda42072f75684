import { expect, test } from 'vitest'
import { parseAnswers } from './read-answers.ts'

const answers = (text: string) => parseAnswers(text, 'answers').answers
const wrong = (text: string) => parseAnswers(text, 'answers').problems.map(({ message }) => message)

test('reads lines for debconf-set-selections', () => {
  expect(
    answers(
      '# a comment\n\nshop shop/host string  db \nshop\tshop/empty\tstring\nother/shop shop/long text one\\\n two\nshop shop/host seen true\n',
    ),
  ).toEqual([
    { owner: 'shop', question: 'shop/host', type: 'string', value: ' db ' },
    { owner: 'shop', question: 'shop/empty', type: 'string', value: '' },
    { owner: 'other/shop', question: 'shop/long', type: 'text', value: 'one two' },
  ])
})

test('reads stanzas as in debconf’s database', () => {
  const text =
    'Name: shop/a\nTemplate: shop/a\nValue:  lead: \\and\\nnext\nOwners: shop, other\nVariables:\n x = y\n\n\nName: shop/b\r\nValue: \r\nType: password\r\n'
  expect(answers(text)).toEqual([
    { question: 'shop/a', value: ' lead: \\and\nnext', type: undefined, owner: 'shop' },
    { question: 'shop/b', value: '', type: 'password', owner: undefined },
  ])
  expect(wrong(text)).toEqual([])
})

test.each([
  ['', 'no answer'],
  ['hello', 'line 1 is not'],
  ['shop shop/a sting x', 'line 1 is not'],
  ['Name: shop/a', 'has no Value:'],
  ['Name: shop/a\n\nValue: x', 'has no Value:; the stanza at line 3 has no Name:'],
  ['Name: shop/a\nValue: x\nName: shop/b\nValue: y', 'a second Name:'],
  ['Name: a\nValue: x', 'is not the name of a question'],
  ['Name: shop/a\nValue: x\n\nName: shop/a\nValue: y', 'answered twice'],
])('%j: %s', (text, message) => {
  expect(wrong(text).join()).toContain(message)
})
