// What Vuetify does not have: a picture that takes hold of bones, fields for numbers with units, and uploads.
(() => {
  const KEYS = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down", "+": "+", "=": "+", "-": "-", z: "z", y: "y" };

  // Sends what the hand does; while the server is busy with one message, only the latest movement waits.
  const Picture = {
    inject: ["trame"],
    props: { src: String, alt: String, live: Boolean, marking: Boolean, hand: { default: "hand" }, marks: { default: () => [] } },
    data: () => ({ size: [1, 1] }),
    template: `
      <div class="bd-picture" :class="{ marking }" tabindex="0" role="application" :aria-label="alt" @keydown="key" @wheel.prevent="wheel"
           @pointerdown="down" @pointermove="move" @pointerup="up" @pointercancel="up" @contextmenu.prevent>
        <img v-if="src" ref="image" :src="src" :alt="alt" draggable="false" @load="measure" />
        <svg v-if="src && marks.length" class="bd-marks" :viewBox="'0 0 ' + size.join(' ')" :font-size="unit * 3.4">
          <line v-for="[a, b] in links" :x1="a.x + 0.5" :y1="a.y + 0.5" :x2="b.x + 0.5" :y2="b.y + 0.5" :stroke-width="unit * 0.25" />
          <g v-for="mark in marks" :key="mark.kind + mark.name" :class="[mark.kind, { chosen: mark.chosen }]" :transform="'translate(' + (mark.x + 0.5) + ' ' + (mark.y + 0.5) + ')'">
            <circle :r="unit * (mark.chosen ? 1.9 : 1.3)" :stroke-width="unit * 0.4" /><circle class="dot" :r="unit * 0.3" />
            <text v-if="mark.kind === 'xray' || hand === 'cut_hand'" :x="unit * 2" :y="-unit">{{ mark.name }}</text>
          </g>
        </svg>
        <slot v-else></slot>
      </div>`,
    created() { this.waiting = []; this.sending = false; this.held = false; },
    computed: {
      unit() { return Math.max(...this.size) / 100; },
      // From where each point of the CT falls to where it should.
      links() {
        return this.marks.filter((mark) => mark.kind === "ct")
          .map((mark) => [mark, this.marks.find((other) => other.kind === "xray" && other.name === mark.name)]).filter(([, b]) => b);
      },
    },
    methods: {
      measure(event) {
        const { naturalWidth, naturalHeight } = event.target;
        if (this.size[0] !== naturalWidth || this.size[1] !== naturalHeight) this.size = [naturalWidth, naturalHeight];
      },
      place(event) {
        const image = this.$refs.image, box = image.getBoundingClientRect();
        const scale = Math.min(box.width / image.naturalWidth, box.height / image.naturalHeight);
        const left = box.left + (box.width - scale * image.naturalWidth) / 2;
        const top = box.top + (box.height - scale * image.naturalHeight) / 2;
        return [(event.clientX - left) / scale - 0.5, (event.clientY - top) / scale - 0.5];
      },
      tell(what, event, ...more) {
        const message = [what, ...more, event.shiftKey, event.ctrlKey || event.metaKey];
        const last = this.waiting[this.waiting.length - 1];
        if (what === "move" && last && last[0] === "move") this.waiting[this.waiting.length - 1] = message;
        else this.waiting.push(message);
        this.send();
      },
      async send() {
        if (this.sending) return;
        this.sending = true;
        while (this.waiting.length) await this.trame.trigger(this.hand, this.waiting.shift());
        this.sending = false;
      },
      down(event) {
        this.$el.focus();
        if (!this.live || !this.$refs.image) return;
        this.held = true;
        this.$el.setPointerCapture(event.pointerId);
        this.tell(event.button === 2 ? "corner" : "press", event, ...this.place(event));
      },
      move(event) { if (this.held) this.tell("move", event, ...this.place(event)); },
      up(event) {
        if (!this.held) return;
        this.held = false;
        this.tell("release", event, ...this.place(event));
      },
      wheel(event) { if (this.live) this.tell("wheel", event, -Math.sign(event.deltaY), 0); },
      key(event) {
        const name = KEYS[event.key];
        if (!name || !this.live || ("zy".includes(name) && !(event.ctrlKey || event.metaKey))) return;
        event.preventDefault();
        this.tell("key", event, name, 0);
      },
    },
  };

  // A number with its unit; "set" is emitted once it is typed, not at each letter.
  const NumberField = {
    props: { label: String, unit: String, value: [Number, String], step: { default: "any" }, min: Number, max: Number, disabled: Boolean, tip: String, hint: String },
    emits: ["set"],
    template: `
      <label class="bd-number" :title="tip"><span>{{ label }}</span>
        <input type="number" :value="value" :step="step" :min="min" :max="max" :disabled="disabled" :placeholder="hint"
               @change="typed" />
        <i>{{ unit }}</i></label>`,
    methods: {
      typed(event) {
        const text = event.target.value;
        this.$emit("set", text === "" ? null : Number(text));
        this.$nextTick(() => { event.target.value = this.value ?? ""; });  // it shows what the session took, not what was typed
      },
    },
  };

  // Files from this computer to the session on this computer, or a path that the session reads itself.
  const Files = {
    inject: ["trame"],
    props: { slot_name: String, label: String, folder: Boolean, accept: String, disabled: Boolean, hint: String },
    data: () => ({ path: "", sent: 0, total: 0, failed: "" }),
    template: `
      <div class="bd-files" @dragover.prevent @drop.prevent="send($event.dataTransfer.files)">
        <div class="bd-row">
          <v-btn size="small" prepend-icon="mdi-file-upload-outline" :disabled="disabled" @click="$refs.files.click()">{{ label }}</v-btn>
          <v-btn v-if="folder" size="small" variant="text" :disabled="disabled" @click="$refs.folder.click()">DICOM folder</v-btn>
          <input ref="files" class="bd-hidden" type="file" multiple :accept="accept" :aria-label="label" @change="send($event.target.files)" />
          <input v-if="folder" ref="folder" class="bd-hidden" type="file" webkitdirectory :aria-label="label + ' folder'" @change="send($event.target.files)" />
          <span v-if="total" class="bd-soft">{{ Math.round(100 * sent / total) }} %</span>
        </div>
        <form class="bd-row" @submit.prevent="open">
          <input class="bd-path" type="text" v-model="path" :disabled="disabled" :placeholder="hint || 'or a path on this computer'" :aria-label="label + ' by path'" />
          <v-btn size="small" variant="tonal" type="submit" :disabled="disabled || !path.trim()">Load</v-btn>
        </form>
        <div v-if="failed" class="bd-bad" role="alert">{{ failed }}</div>
      </div>`,
    methods: {
      open() { this.trame.trigger("open_path", [this.slot_name, this.path.trim()]); },
      async send(list) {
        const files = [...list], batch = crypto.randomUUID();
        if (!files.length) return;
        [this.sent, this.failed] = [0, ""];
        this.total = files.reduce((sum, file) => sum + file.size, 0) || 1;
        try {
          for (const file of files) {
            const url = `upload/${batch}?name=${encodeURIComponent(file.name)}`;
            const answer = await fetch(url, { method: "POST", body: file });
            if (!answer.ok) throw new Error(await answer.text());
            this.sent += file.size;
          }
          await this.trame.trigger("open_upload", [this.slot_name, batch]);
        } catch (error) { this.failed = error.message; }
        this.total = 0;
        for (const input of [this.$refs.files, this.$refs.folder]) if (input) input.value = "";
      },
    },
  };

  window.bonedensity = {
    install(app) {
      app.component("bd-picture", Picture);
      app.component("bd-number", NumberField);
      app.component("bd-files", Files);
    },
  };
})();
