import { type DropName, type DropReason, dropNames, dropReasons } from '../packet/drop.ts';

/** What is known of a drop reason by its name. */
export const reasonOf = (name: string): DropReason | undefined => dropReasons[dropNames.indexOf(name as DropName)];
