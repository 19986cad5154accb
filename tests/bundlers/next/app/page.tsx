"use client";

import { useEffect, useRef } from "react";
import { show } from "../../main";

export default function Page() {
  const place = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (place.current) void show(place.current);
  }, []);
  return <p id="outcome" ref={place} />;
}
