"""What a network looks at while it learns: kernels, feature maps and class activation maps, logged over the steps.

The data are generated: pictures of 32 x 32 pixels with a square or a cross somewhere under noise.

    python explain.py [LOGDIR]
    glassboard --logdir runs
"""

import sys

import glassboard
import torch
from glassboard import cam, saliency
from torch import nn

logdir = sys.argv[1] if len(sys.argv) > 1 else "runs/explain"
torch.manual_seed(0)


def shapes(count):
    """Pictures [count, 1, 32, 32], whether it is a cross, and the corner of the shape's 9 x 9 pixels."""
    pictures = torch.randn(count, 1, 32, 32) * 0.3
    crosses = torch.rand(count) < 0.5
    corners = torch.randint(0, 23, (count, 2))
    for picture, cross, (top, left) in zip(pictures, crosses, corners.tolist(), strict=True):
        shape = picture[0, top : top + 9, left : left + 9]
        if cross:
            shape[4, :] += 1.5
            shape[:, 4] += 1.5
        else:
            for side in (shape[0], shape[-1], shape[1:-1, 0], shape[1:-1, -1]):
                side += 1.5
    return pictures, crosses.long(), corners


model = nn.Sequential(
    nn.Conv2d(1, 8, 5, padding=2),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(8, 16, 5, padding=2),
    nn.ReLU(),
    nn.AdaptiveMaxPool2d(1),
    nn.Flatten(),
    nn.Linear(16, 2),
)
pictures, labels, corners = shapes(8)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.005)

with glassboard.SummaryWriter(logdir) as writer:
    for step in range(160):
        batch, targets, _ = shapes(64)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(batch), targets)
        loss.backward()
        optimizer.step()
        writer.add_scalar("loss", loss, step)
        if step % 40 == 39:
            # Layers by path; the model, its modes and its gradients are left as they are.
            writer.add_kernels("kernels/first", model, "0", step)
            writer.add_feature_maps("features/second", model, "4", pictures, step)
            writer.add_cam("cam/grad-cam", model, pictures, labels, ["4"], global_step=step)

    # Methods side by side, and how well their maps explain the scores.
    chosen = [cam.ClassifierOutputTarget(label) for label in labels]
    for method in ("GradCAM", "HiResCAM", "EigenCAM", "AblationCAM", "ScoreCAM"):
        writer.add_cam(f"methods/{method}", model, pictures, labels, ["4"], method, global_step=step)
        with getattr(cam, method)(model, ["4"]) as explain:
            maps = explain(pictures, chosen)
        _, areas = cam.PerturbationCurve(steps=16)(pictures, maps, chosen, model)
        print(f"{method}: deletion {areas.mean():.2f}")

    gradients = saliency.guided_backprop(model, pictures, labels.tolist())
    writer.add_images("saliency/guided", [saliency.to_picture(gradient) for gradient in gradients], step, None, "HWC")
    exciting = saliency.maximize(model, "3", 0, size=32, rate=0.1, blur=0.3)
    writer.add_image("maximization/filter 0", saliency.to_picture(exciting), step, None, "HWC")

hits = 0
for map_, (top, left) in zip(cam.GradCAM(model, ["4"])(pictures, chosen), corners.tolist(), strict=True):
    y, x = divmod(int(map_.argmax()), 32)
    hits += top - 3 <= y < top + 12 and left - 3 <= x < left + 12
print(f"Grad-CAM points to the shape in {hits} of {len(pictures)} pictures")
