// The vertebrae's corners on a picture: the nearest one is taken hold of; arrow keys move the one that has the focus.
(() => {
  const REACH = 24;  // a hand takes a corner from so far (px)
  const STEP = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const FINE = 0.5, COARSE = 5;  // pixels of the DXA at a key

  const Corners = {
    inject: ["trame"],
    props: { points: Array, names: Array, width: Number, height: Number, still: Boolean },
    // at: the corner in hand or the last one that was, as [level, corner]; mine: by number where corners are until the
    // session says so.
    data: () => ({ at: [0, 0], mine: {}, held: false }),
    template: `
      <svg class="bd-corners" :class="{ held, still }" @pointerdown="down" @pointermove="move" @pointerup="up" @pointercancel="up">
        <template v-for="(body, level) in shown" :key="level">
          <line v-for="(p, n) in body" :key="'line' + n" :x1="across(p)" :y1="along(p)" :x2="across(body[(n + 1) % 4])" :y2="along(body[(n + 1) % 4])" />
        </template>
        <template v-if="!still" v-for="(body, level) in shown" :key="'of' + level">
          <circle v-for="(p, n) in body" :key="n" :cx="across(p)" :cy="along(p)" r="5" role="button" :tabindex="level === at[0] && n === at[1] ? 0 : -1"
                  :aria-label="names[level][n] + ' corner'" :class="{ taken: held && level === at[0] && n === at[1] }" @keydown="key" @focus="at = [level, n]"><title>{{ names[level][n] }}</title></circle>
        </template>
      </svg>`,
    computed: {
      shown() { return this.points.map((body, level) => body.map((p, n) => this.mine[4 * level + n] || p)); },
    },
    created() { this.waiting = {}; this.sending = false; },
    methods: {
      across(p) { return `${100 * (p[0] + 0.5) / this.width}%`; },
      along(p) { return `${100 * (p[1] + 0.5) / this.height}%`; },
      place(event) {
        const box = this.$el.getBoundingClientRect();
        return [(event.clientX - box.left) / box.width * this.width - 0.5, (event.clientY - box.top) / box.height * this.height - 0.5];
      },
      nearest(event) {
        const box = this.$el.getBoundingClientRect();
        const [x, y] = [event.clientX - box.left, event.clientY - box.top];
        let [found, least] = [null, REACH];
        this.shown.forEach((body, level) => body.forEach((p, n) => {
          const far = Math.hypot((p[0] + 0.5) / this.width * box.width - x, (p[1] + 0.5) / this.height * box.height - y);
          if (far < least) [found, least] = [[level, n], far];
        }));
        return found;
      },
      put(x, y) {
        const within = (value, size) => Math.min(Math.max(value, -0.5), size - 0.5);
        const number = 4 * this.at[0] + this.at[1], place = [within(x, this.width), within(y, this.height)];
        this.mine = { ...this.mine, [number]: place };
        this.waiting[number] = [...this.at, ...place];
        this.send();
      },
      // While the session is busy with one place, only the latest one of each corner waits.
      async send() {
        if (this.sending) return;
        this.sending = true;
        for (let number; (number = Object.keys(this.waiting)[0]) !== undefined; ) {
          const message = this.waiting[number];
          delete this.waiting[number];
          await this.trame.trigger("corners_move", message);
        }
        this.sending = false;
        if (!this.held) this.mine = {};
      },
      down(event) {
        const found = this.still || event.button ? null : this.nearest(event);
        if (!found) return;
        event.preventDefault();
        this.at = found;
        const [x, y] = this.place(event), [u, v] = this.shown[found[0]][found[1]];
        this.grip = [u - x, v - y];  // so that it does not jump under the hand
        this.held = true;
        this.$el.setPointerCapture(event.pointerId);
        this.$el.querySelectorAll("circle")[4 * found[0] + found[1]].focus();
      },
      move(event) {
        if (!this.held) return;
        const [x, y] = this.place(event);
        this.put(x + this.grip[0], y + this.grip[1]);
      },
      up() {
        this.held = false;
        if (!this.sending) this.mine = {};
      },
      key(event) {
        const step = STEP[event.key], turn = { PageDown: 1, PageUp: 15 }[event.key];
        if (!step && !turn) return;
        event.preventDefault();
        if (turn) {
          this.$el.querySelectorAll("circle")[(4 * this.at[0] + this.at[1] + turn) % 16].focus();
          return;
        }
        const size = event.shiftKey ? COARSE : FINE, [x, y] = this.shown[this.at[0]][this.at[1]];
        this.put(x + size * step[0], y + size * step[1]);
      },
    },
  };

  window.bonedensity_spine = { install(app) { app.component("bd-corners", Corners); } };
})();
