/** Waveforms in DICOM files (PS3.3, C.10.9): electrocardiograms of twelve leads, as archives have them. */

import type { DataSet } from "dicom-parser";
import { viewOf } from "../bytes";
import { damaged, parse } from "../image/dicomfile";
import { PictureError } from "../image/header";
import { SignalError } from "./csv";
import { type Channel, recordingOf } from "./physical";
import type { Recording } from "./recording";
import { fileTexts } from "../texts/files";

/** Reads the longest group of channels. Throws a {@link SignalError} for whatever is no waveform. */
export async function readWaveform(bytes: Uint8Array): Promise<Recording> {
  try {
    const { data, syntax } = await parse(bytes);
    return read(data, syntax.littleEndian);
  } catch (error) {
    if (error instanceof SignalError) throw error;
    const { message } = error instanceof PictureError ? error : damaged(error);
    throw new SignalError(message);
  }
}

function read(data: DataSet, littleEndian: boolean): Recording {
  const groups = (data.elements["x54000100"]?.items ?? []).flatMap(({ dataSet }) => (dataSet ? [dataSet] : []));
  if (groups.length === 0) throw new SignalError(fileTexts.recordings.dicom.none);
  const length = (group: DataSet): number => group.uint32("x003a0010") ?? 0;
  const group = groups.reduce((longest, other) => (length(other) > length(longest) ? other : longest));
  const rate = group.floatString("x003a001a");
  if (rate === undefined || !(rate > 0)) throw new SignalError(fileTexts.recordings.dicom.noRate);
  const notes = groups.length > 1 ? [fileTexts.recordings.dicom.groups(groups.length)] : [];
  return recordingOf(channels(group, littleEndian), rate, "DICOM", notes);
}

function channels(group: DataSet, littleEndian: boolean): Channel[] {
  const [count, samples, bits] = [group.uint16("x003a0005"), group.uint32("x003a0010"), group.uint16("x54001004")];
  const form = group.string("x54001006")?.trim();
  const definitions = (group.elements["x003a0200"]?.items ?? []).map(({ dataSet }) => dataSet);
  const content = group.elements["x54001010"];
  if (!count || !samples || !content) throw new SignalError(fileTexts.recordings.dicom.empty);
  if ((bits !== 8 && bits !== 16) || !["SB", "UB", "SS", "US"].includes(form ?? "")) {
    throw new SignalError(fileTexts.recordings.dicom.bits(bits ?? "–", form ?? "–"));
  }
  const bytes = group.byteArray.subarray(content.dataOffset, content.dataOffset + content.length);
  if (bytes.length < (count * samples * bits) / 8) throw new SignalError(fileTexts.recordings.dicom.cut);
  const view = viewOf(bytes);
  const readers: Record<string, (i: number) => number> = {
    SB: (i) => view.getInt8(i),
    UB: (i) => view.getUint8(i),
    SS: (i) => view.getInt16(2 * i, littleEndian),
    US: (i) => view.getUint16(2 * i, littleEndian),
  };
  const at = readers[form!]!;
  const padding = group.elements["x5400100a"];
  const missing = padding ? paddingOf(group, padding.dataOffset, form!, littleEndian) : null;
  return Array.from({ length: count }, (_, channel) => {
    const definition = definitions[channel];
    const number = (tag: string, otherwise: number): number => definition?.floatString(tag) ?? otherwise;
    const [sensitivity, correction, baseline] = [number("x003a0210", 0), number("x003a0212", 1), number("x003a0213", 0)];
    const source = definition?.elements["x003a0208"]?.items?.[0]?.dataSet;
    const name = source?.string("x00080104")?.trim() || definition?.string("x003a0203")?.trim() || `channel ${channel + 1}`;
    const unit = definition?.elements["x003a0211"]?.items?.[0]?.dataSet?.string("x00080100")?.trim() ?? "";
    const calibrated = sensitivity !== 0 && unit !== "";
    const values = Float64Array.from({ length: samples }, (_, i) => {
      const stored = at(i * count + channel);
      if (stored === missing) return Number.NaN;
      return calibrated ? stored * sensitivity * correction + baseline : stored;
    });
    return { name, unit: calibrated ? unit : "counts", values };
  });
}

function paddingOf({ byteArray }: DataSet, offset: number, form: string, littleEndian: boolean): number {
  const view = viewOf(byteArray);
  const read = { SB: () => view.getInt8(offset), UB: () => view.getUint8(offset), SS: () => view.getInt16(offset, littleEndian) };
  return (read[form as keyof typeof read] ?? (() => view.getUint16(offset, littleEndian)))();
}
