// The 3D view: vtk.js, as trame-vtk brings it, over arrays that the page was sent once.
(() => {
  const CLICK_PX = 4;  // a pointer that moved less was no drag
  const HAS_WEBGL = (() => {
    try { return !!document.createElement("canvas").getContext("webgl2"); } catch { return false; }
  })();
  const HAND = [
    { button: 1, action: "Rotate" }, { button: 2, action: "Pan" }, { button: 3, action: "Pan" },
    { button: 1, action: "Pan", shift: true }, { dragEnabled: false, scrollEnabled: true, action: "Zoom" },
  ];

  const floats = (bytes) => new Float32Array(bytes.slice().buffer);

  // vtk.js wants the number of corners before each triangle's.
  function cells(bytes) {
    const corners = new Uint32Array(bytes.slice().buffer), polys = new Uint32Array((corners.length / 3) * 4);
    for (let from = 0, to = 0; from < corners.length; from += 3) {
      polys[to++] = 3;
      for (let n = 0; n < 3; n++) polys[to++] = corners[from + n];
    }
    return polys;
  }

  // The detector as a net of points, one for each of its pixels.
  function screen({ points, rows, columns, grey }) {
    const [, corner, right, , below] = points, at = new Float32Array(3 * rows * columns), polys = [];
    for (let r = 0, n = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const u = c / (columns - 1), v = r / (rows - 1);
        for (let a = 0; a < 3; a++) at[n++] = corner[a] + u * (right[a] - corner[a]) + v * (below[a] - corner[a]);
        if (r && c) {
          const here = r * columns + c;
          polys.push(4, here, here - 1, here - columns - 1, here - columns);
        }
      }
    }
    return { points: at, polys: new Uint32Array(polys), grey: new Float32Array(grey) };
  }

  const minus = (a, b) => a.map((value, n) => value - b[n]);
  const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  const dot = (a, b) => a.reduce((sum, value, n) => sum + value * b[n], 0);
  const between = (all) => (Math.min(...all) + Math.max(...all)) / 2;
  const unit = (a) => { const size = Math.hypot(...a); return a.map((value) => value / size); };

  const Scene = {
    inject: ["trame"],
    props: { bones: Array, poses: Object, beams: Array, marks: Array, eye: Object, marking: Boolean },
    data: () => ({ hand: HAND, webgl: HAS_WEBGL, lines: new Uint32Array([2, 0, 1, 2, 0, 2, 2, 0, 3, 2, 0, 4, 5, 1, 2, 3, 4, 1]) }),
    template: `
      <div v-if="!webgl" class="bd-empty" role="alert">This browser draws no 3D (WebGL is off); all else works, and points are marked on the CT's slices.</div>
      <div v-else class="bd-scene" :class="{ marking }" @pointerdown.capture="down" @click.capture="click" @contextmenu.prevent>
        <vtk-view ref="view" :background="[0.07, 0.085, 0.105]" :interactorSettings="hand">
          <vtk-geometry-representation v-for="bone in shown" :key="bone.name" :property="bone.property" :actor="{ userMatrix: poses[bone.name] }">
            <vtk-polydata :points="bone.points" :polys="bone.polys">
              <vtk-point-data><vtk-data-array registration="setNormals" name="normals" :numberOfComponents="3" :values="bone.normals" /></vtk-point-data>
            </vtk-polydata>
          </vtk-geometry-representation>
          <template v-for="(beam, n) in drawn" :key="'beam' + n">
            <vtk-geometry-representation :property="{ color: [1, 0.69, 0], lighting: false, lineWidth: 2 }">
              <vtk-polydata :points="beam.outline" :lines="lines" />
            </vtk-geometry-representation>
            <vtk-geometry-representation :property="{ color: [1, 0.69, 0] }">
              <vtk-algorithm vtkClass="vtkSphereSource" :state="{ center: beam.source, radius: 14, thetaResolution: 20, phiResolution: 20 }" />
            </vtk-geometry-representation>
            <vtk-geometry-representation colorMapPreset="Grayscale" :colorDataRange="[0, 255]" :property="{ lighting: false }">
              <vtk-polydata :points="beam.screen.points" :polys="beam.screen.polys">
                <vtk-point-data><vtk-data-array registration="setScalars" name="grey" :values="beam.screen.grey" /></vtk-point-data>
              </vtk-polydata>
            </vtk-geometry-representation>
          </template>
          <vtk-geometry-representation v-for="mark in marks" :key="mark.name + mark.at" :property="{ color: [0.34, 0.78, 1] }" :actor="{ userMatrix: poses[''] }">
            <vtk-algorithm vtkClass="vtkSphereSource" :state="{ center: mark.at, radius: 6, thetaResolution: 16, phiResolution: 16 }" />
          </vtk-geometry-representation>
        </vtk-view>
        <div class="bd-below bd-soft">Drag: turn · right drag: shift · wheel: nearer</div>
        <div class="bd-corner" role="group" aria-label="Look at">
          <button title="Look at source, bones and detector" @click="home()">Beam</button>
          <button title="Look at the bones" @click="home(true)">Bones</button>
        </div>
      </div>`,
    computed: {
      surfaces() {
        return this.bones.map((bone) => ({
          name: bone.name, property: { color: bone.color, ambient: 0.15, diffuse: 0.85, specular: 0.15, specularPower: 12 },
          points: floats(bone.points), normals: floats(bone.normals), polys: cells(bone.triangles),
        }));
      },
      shown() { return this.surfaces.filter((bone) => this.poses[bone.name]); },
      drawn() {
        return this.beams.map((beam) => ({ source: beam.points[0], outline: new Float32Array(beam.points.flat()), screen: screen(beam) }));
      },
    },
    watch: { eye() { this.home(); }, marking(on) { if (on) this.home(true); } },
    mounted() {
      const view = this.$el.querySelector?.("[tabindex]");  // vtk.js takes the focus for its keys, and gives it no name
      if (view) Object.assign(view, { ariaLabel: "X-ray source, detector and bones in 3D", role: "application" });
      this.later = setTimeout(() => this.home(this.marking), 200);  // vtk.js frames what it finds after 100 ms
    },
    beforeUnmount() { clearTimeout(this.later); },
    methods: {
      // The beams, or the bones, fill the view; where it is narrow, it looks more along the beam.
      home(near = false) {
        if (!this.$refs.view || !this.eye.position) return;
        const { width, height } = this.$el.getBoundingClientRect(), aspect = width / Math.max(height, 1);
        const points = this.beams.flatMap((beam) => beam.points), middle = this.eye.focalPoint;
        const aside = unit(minus(this.eye.position, middle)), along = unit(minus(points[0], middle));
        const back = unit(aside.map((value, n) => value + Math.max(0, 1.7 - aspect) * along[n]));
        const right = unit(cross(this.eye.viewUp, back)), up = cross(back, right), half = Math.tan(Math.PI / 12);
        const seen = (near && this.shown.length ? this.places() : points).map((point) => [right, up, back].map((axis) => dot(minus(point, middle), axis)));
        let [x, y, z] = [0, 1, 2].map((n) => between(seen.map((place) => place[n]))), far = 0;
        for (let turn = 0; turn < 5; turn++) {  // what is near looks larger: the middle of what is seen is found by and by
          far = Math.max(...seen.map(([a, b, c]) => c - z + 1.06 * Math.max(Math.abs(a - x) / aspect, Math.abs(b - y)) / half));
          const at = seen.map(([a, b, c]) => [(a - x) / (far - c + z), (b - y) / (far - c + z)]);
          if (turn < 4) [x, y] = [x + far * between(at.map(([a]) => a)), y + far * between(at.map(([, b]) => b))];
        }
        const focalPoint = middle.map((value, n) => value + x * right[n] + y * up[n] + z * back[n]);
        const position = focalPoint.map((value, n) => value + far * back[n]);
        this.$refs.view.setCamera({ position, focalPoint, viewUp: up, viewAngle: 30, centerOfRotation: focalPoint });
      },
      // Some points of the bones where they are.
      places() {
        return this.shown.flatMap(({ name, points }) => {
          const m = this.poses[name], found = [];
          for (let n = 0; n + 2 < points.length; n += 60) {
            found.push([0, 1, 2].map((a) => m[a] * points[n] + m[4 + a] * points[n + 1] + m[8 + a] * points[n + 2] + m[12 + a]));
          }
          return found;
        });
      },
      down(event) { this.pressed = [event.clientX, event.clientY]; },
      click(event) {
        const moved = this.pressed && Math.hypot(event.clientX - this.pressed[0], event.clientY - this.pressed[1]);
        if (this.marking && moved < CLICK_PX && event.target.tagName !== "BUTTON") this.trame.trigger("scene_pick", this.ray(event));
      },
      // From the eye through the place of a click.
      ray(event) {
        const { position, focalPoint, viewUp, viewAngle } = this.$refs.view.getCamera();
        const box = this.$el.getBoundingClientRect(), half = Math.tan((viewAngle * Math.PI) / 360);
        const x = ((2 * (event.clientX - box.left)) / box.width - 1) * half * (box.width / box.height);
        const y = (1 - (2 * (event.clientY - box.top)) / box.height) * half;
        const ahead = unit(minus(focalPoint, position)), right = unit(cross(ahead, viewUp)), up = cross(right, ahead);
        return [[...position], ahead.map((value, n) => value + x * right[n] + y * up[n])];
      },
    },
  };

  window.bonedensity_scene = { install: (app) => app.component("bd-scene", Scene) };
})();
