// `data`: the squares, and what each threshold achieves, as places in them.
(() => {
  const svg = document.querySelector('svg');
  const readout = document.getElementById('readout');
  const rings = data.panels.map(() => {
    const ring = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
    ring.setAttribute('r', 5.5);
    ring.setAttribute('fill', 'var(--ground)');
    ring.setAttribute('stroke-width', 2.5);
    ring.style.display = 'none';
    ring.style.pointerEvents = 'none';
    return svg.appendChild(ring);
  });
  const hide = () => {
    readout.hidden = true;
    for (const ring of rings) ring.style.display = 'none';
  };
  const short = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(5))) : '–');
  const nearest = (panel, x, y) => {
    let best = { distance: 60 };
    data.series.forEach((series, index) => {
      series.places[panel].forEach(([px, py], at) => {
        const distance = Math.hypot(px - x, py - y);
        if (distance < best.distance) best = { distance, series, index, at };
      });
    });
    return best.series && best;
  };
  const show = (event) => {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const inside = ({ left, top }) => x > left - 20 && x < left + data.size + 20 && y > top - 20 && y < top + data.size + 20;
    const panel = data.panels.findIndex(inside);
    const square = data.panels[panel];
    const found = square && nearest(panel, x - square.left, y - square.top);
    if (!found) return hide();
    const { series, index, at } = found;
    rings.forEach((ring, other) => {
      const [px, py] = series.places[other][at];
      ring.setAttribute('cx', data.panels[other].left + px);
      ring.setAttribute('cy', data.panels[other].top + py);
      ring.setAttribute('stroke', `var(--s${index % 8})`);
      ring.style.display = Number.isFinite(px + py) ? '' : 'none';
    });
    const [threshold, precision, recall, falsePositiveRate] = series.points[at];
    const name = document.createElement('b');
    name.textContent = series.name;
    name.style.color = `var(--s${index % 8})`;
    const list = document.createElement('dl');
    const rows = [
      ['Threshold ≥', threshold], ['Precision', precision], ['Recall', recall],
      ['False positive rate', falsePositiveRate], ['F1', (2 * precision * recall) / (precision + recall)],
    ];
    for (const [term, value] of rows) {
      list.appendChild(document.createElement('dt')).textContent = term;
      list.appendChild(document.createElement('dd')).textContent = short(value ?? NaN);
    }
    readout.replaceChildren(name, list);
    readout.hidden = false;
    const { width, height } = readout.getBoundingClientRect();
    const beside = (at, size, room) => (at + 16 + size > room ? at - 16 - size : at + 16);
    readout.style.left = `${Math.max(4, beside(event.clientX, width, innerWidth))}px`;
    readout.style.top = `${Math.max(4, beside(event.clientY, height, innerHeight))}px`;
  };
  svg.addEventListener('pointermove', show);
  svg.addEventListener('pointerdown', show);
  svg.addEventListener('pointerleave', hide);
})();
