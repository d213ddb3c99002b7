// Makes the fixtures of this folder with receiptline, or with --check compares them; see README.md.
// Run it in a folder where receiptline is installed: it is looked for from there, not from here.
const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');
const receiptline = createRequire(path.join(process.cwd(), 'x.js'))('receiptline');

const printers = {
    text: { cpl: 48, encoding: 'multilingual', command: 'escpos', spacing: true },
    columns: { cpl: 48, encoding: 'cp437', command: 'escpos' },
    qr: { cpl: 32, encoding: 'cp858', command: 'generic' },
    image: { cpl: 48, encoding: 'cp437', command: 'escpos', gamma: 1.0 },
    china: { cpl: 48, encoding: 'gb18030', command: 'escpos', spacing: true },
    japan: { cpl: 32, encoding: 'shiftjis', command: 'escpos', spacing: true },
    cut: { cpl: 48, encoding: 'cp1252', command: 'generic', spacing: true },
};

const folder = process.argv[2];
let different = 0;
for (const [name, printer] of Object.entries(printers)) {
    let document = fs.readFileSync(path.join(folder, name + '.txt'), 'utf8');
    document = document.replace('PICTURE', () => picture());
    // Two receipts in one file are two jobs, one after the other.
    const bytes = Buffer.concat(document.split('\n%%\n').map(d => Buffer.from(receiptline.transform(d, printer), 'binary')));
    const file = path.join(folder, name + '.bin');
    if (process.argv[3] === '--check') {
        const same = bytes.equals(fs.readFileSync(file));
        console.log(`${name}: ${same ? 'the same' : 'DIFFERENT'}`);
        different += same ? 0 : 1;
    } else {
        fs.writeFileSync(file, bytes);
    }
}
process.exit(different ? 1 : 0);

// A disc that is black in the middle and white at its edge, 160 × 160, as PNG.
function picture() {
    const { PNG } = createRequire(createRequire(path.join(process.cwd(), 'x.js')).resolve('receiptline'))('pngjs');
    const png = new PNG({ width: 160, height: 160 });
    for (let y = 0; y < 160; y++) {
        for (let x = 0; x < 160; x++) {
            const v = Math.min(255, Math.round(Math.hypot(x - 79.5, y - 79.5) / 80 * 255));
            png.data.set([v, v, v, 255], (y * 160 + x) * 4);
        }
    }
    return PNG.sync.write(png).toString('base64');
}
