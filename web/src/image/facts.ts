/** What a DICOM header says that its picture shows. */

import type { DataSet } from "dicom-parser";
import { item } from "./display";
import type { Facts } from "./picture";

export function readFacts(data: DataSet): Facts {
  const text = (tag: string): string | null => data.string(tag)?.trim() || null;
  // Enhanced files name the anatomy by a code, each frame or all of them.
  const groups = ["x52009230", "x52009229"].map((groups) => item(item(item(data, groups), "x00209071"), "x00082218"));
  const regions = [item(data, "x00082218"), ...groups].map((region) => region?.string("x00080104")?.trim());
  return {
    modality: text("x00080060"),
    bodyPart: text("x00180015") ?? regions.find(Boolean) ?? null,
    view: text("x00185101"),
    age: ageOf(text("x00101010")) ?? ageBetween(text("x00100030"), text("x00080020")),
  };
}

const A_YEAR: Record<string, number> = { D: 365.25, W: 52.18, M: 12, Y: 1 };

/** Completed years of an age such as `045Y`, `008M`, `012W` or `003D`. */
export function ageOf(age: string | null): number | null {
  const [, count, unit] = age?.match(/^(\d{1,3})([DWMY])$/) ?? [];
  return count && unit ? Math.floor(Number(count) / A_YEAR[unit]!) : null;
}

/** Completed years between two dates such as `20190131`. */
export function ageBetween(birth: string | null, study: string | null): number | null {
  if (!birth || !study || !/^\d{8}$/.test(birth) || !/^\d{8}$/.test(study) || study < birth) return null;
  return Math.floor((Number(study) - Number(birth)) / 10_000);
}
