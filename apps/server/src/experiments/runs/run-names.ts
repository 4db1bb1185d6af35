import { randomInt } from 'node:crypto';

const first =
  'amber brave calm clever crisp daring eager fair gentle glad golden grand happy honest jolly keen kind lively loyal lucky mellow merry mild neat nimble noble patient placid proud quick quiet rapid rare ready sharp shiny silent smart smooth solid spry steady still stout sunny swift tidy vivid warm wise witty young zesty'.split(
    ' ',
  );
const second =
  'ash badger bear beech birch bison cedar crane crow deer dove eagle elk elm falcon fern finch fox gull hare hawk heron ibis jay kite lark linden lynx maple marten mole moth newt oak otter owl pike pine plover quail raven robin salmon seal shrew sparrow stoat stork swan tern thrush toad trout vole willow wren yew'.split(
    ' ',
  );

/** A name for a run that was given none, such as `quiet-heron-417`. */
export function madeUpName(): string {
  return `${first[randomInt(first.length)] ?? ''}-${second[randomInt(second.length)] ?? ''}-${randomInt(1000)}`;
}
