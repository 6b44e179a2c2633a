"""How good made frames are: on published sets and one's own, by two protocols, with reports.

kinds                what can be measured on, and by which rules: the names people type
samples              triplets, as files and as pictures
clips, xiph          frames of a clip, and how Xiph's are brought to size
distributed, sets    where sets keep their triplets; a set as triplets one after the other
methods              what makes the frames: a network, someone's pictures, the plain average
metrics              PSNR, both SSIMs, flicker, gradient energy
backbones, lpips, dists, perceptual, perceptual_networks    what looks through a network
panel                the measures of a run
scoring              a set is measured
triplets             the same in one call, for training
crops, exhibits      the few pictures that a report shows
results, plot, report, reports    figures as JSON, CSV and a page; written whole or not at all
run                  all of it: `filmnet evaluate`
confidence, comparison    results side by side: `filmnet compare`
"""
