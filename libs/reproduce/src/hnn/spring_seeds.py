"""The authors' recipe for the mass-spring HNN in PyTorch, seed after seed: how far its energy MSE is a matter of chance.

python spring_seeds.py [seed ...]      prints training loss, test loss and energy MSE on [0, 20] as the training goes on

Needs torch, numpy and scipy (2.15.0, 2.4.6, 1.17.1 gave the figures that the table's remark quotes). Network, initial
weights and training are those of nn_models.py, hnn.py and experiment-spring/train.py in github.com/greydanus/hamiltonian-nn.
"""

import sys

import numpy as np
import torch
from scipy.integrate import solve_ivp


def draw():
    """The data, and the 15 starts that the notebook draws after them. [1500, 2], [1500, 2], [15, 2]"""
    np.random.seed(0)
    rate = lambda t, x: np.array([2 * x[1], -2 * x[0]])
    states, rates = [], []
    for _ in range(50):
        start = np.random.rand(2) * 2 - 1
        radius = np.random.rand() * 0.9 + 0.1
        start = start / np.sqrt((start**2).sum()) * radius
        path = solve_ivp(rate, [0, 3], start, t_eval=np.linspace(0, 3, 30), rtol=1e-10).y
        noise = np.random.randn(30), np.random.randn(30)
        states.append(np.stack([path[0] + noise[0] * 0.1, path[1] + noise[1] * 0.1], 1))
        rates.append(rate(0, path).T)
    starts = np.stack([np.random.rand(2) * 1.6 - 0.8 for _ in range(15)])
    return np.concatenate(states), np.concatenate(rates), starts + 0.2 * np.sign(starts)


class HNN(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleList(
            [torch.nn.Linear(2, 200), torch.nn.Linear(200, 200), torch.nn.Linear(200, 2, bias=False)]
        )
        for layer in self.layers:
            torch.nn.init.orthogonal_(layer.weight)

    def rate(self, x, train=True):
        h = torch.tanh(self.layers[1](torch.tanh(self.layers[0](x))))
        (slope,) = torch.autograd.grad(self.layers[2](h)[:, 1].sum(), x, create_graph=train)
        return torch.stack([slope[:, 1], -slope[:, 0]], 1)


def energy_error(net, starts):
    def rate(_, flat):
        x = torch.tensor(flat.reshape(-1, 2), dtype=torch.float32, requires_grad=True)
        return net.rate(x, train=False).detach().numpy().ravel().astype(float)

    path = solve_ivp(rate, [0, 20], starts.ravel(), t_eval=np.linspace(0, 20, 100), rtol=1e-9).y.reshape(-1, 2, 100)
    return (((path**2).sum(1) - (starts**2).sum(1)[:, None]) ** 2).mean()


def tensor(values):
    return torch.tensor(values, dtype=torch.float32, requires_grad=True)


torch.set_num_threads(1)  # the arrays are too small for more
states, rates, starts = draw()
x, dx, x_test, dx_test = map(tensor, [states[:750], rates[:750], states[750:], rates[750:]])
for seed in map(int, sys.argv[1:] or range(6)):
    torch.manual_seed(seed)
    net = HNN()
    optimizer = torch.optim.Adam(net.parameters(), 1e-3, weight_decay=1e-4)
    for step in range(2001):
        loss = (net.rate(x) - dx).pow(2).mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        if step % 400 == 0 or step > 1950 and step % 10 == 0:
            test = (net.rate(x_test) - dx_test).pow(2).mean().item()
            print(seed, step, f"{loss.item():.4e} {test:.4e} {energy_error(net, starts):.2e}", flush=True)
