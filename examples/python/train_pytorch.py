"""A whole PyTorch training: loss and accuracy, learning rate, weights, pictures, the graph, a PR curve.

The data are generated: pictures of 16 x 16 pixels with a horizontal or a vertical bar under noise.

    python train_pytorch.py [LOGDIR]
    glassboard --logdir runs
"""

import sys

import glassboard
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logdir = sys.argv[1] if len(sys.argv) > 1 else "runs/pytorch"
torch.manual_seed(0)


def bars(count):
    """Pictures [count, 1, 16, 16] and whether their bar is vertical, [count]."""
    pictures = torch.randn(count, 1, 16, 16)
    vertical = torch.rand(count) < 0.5
    places = torch.randint(2, 14, (count,))
    for picture, is_vertical, place in zip(pictures, vertical, places, strict=True):
        bar = picture[0, :, place] if is_vertical else picture[0, place]
        bar += 1.2
    return pictures, vertical.float()


model = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(8, 16, 3, padding=1),
    nn.ReLU(),
    nn.AdaptiveMaxPool2d(1),
    nn.Flatten(),
    nn.Linear(16, 1),
)
training = DataLoader(TensorDataset(*bars(1024)), batch_size=64, shuffle=True)
pictures, labels = bars(512)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=8 * len(training))
measure = nn.BCEWithLogitsLoss()

with glassboard.SummaryWriter(logdir) as writer:
    writer.add_text("model", f"```\n{model}\n```")
    writer.add_images("samples", (pictures[:16] / 6 + 0.5).clamp(0, 1))
    writer.add_graph(model, pictures[:1])
    step = 0
    for epoch in range(8):
        model.train()
        for batch, targets in training:
            optimizer.zero_grad()
            loss = measure(model(batch)[:, 0], targets)
            loss.backward()
            optimizer.step()
            schedule.step()
            writer.add_scalar("loss/train", loss, step)
            writer.add_scalar("rate", schedule.get_last_lr()[0], step)
            step += 1
        model.eval()
        with torch.no_grad():
            logits = model(pictures)[:, 0]
        accuracy = ((logits > 0) == labels.bool()).float().mean()
        writer.add_scalar("loss/validation", measure(logits, labels), step)
        writer.add_scalar("accuracy/validation", accuracy, step)
        writer.add_pr_curve("vertical", labels, torch.sigmoid(logits), step)
        for name, parameter in model.named_parameters():
            writer.add_histogram(f"weights/{name}", parameter, step)
            writer.add_histogram(f"gradients/{name}", parameter.grad, step)
        print(f"epoch {epoch}: accuracy {accuracy:.3f}")

area = glassboard.metrics.roc_auc_score(labels, logits)
print(f"area under the ROC curve: {area:.4f}")
