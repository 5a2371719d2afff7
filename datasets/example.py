import torch, zarr

data = zarr.open_group("data/bounce-small", mode="r")
train, frames = data.attrs["splits"]["train"], data["rgb"].shape[1]
starts = [(train["start"] + e, t) for e in range(train["count"]) for t in range(frames - 15)]

def read(clips):  # the clips of a batch, [B, 16, H, W, 3] uint8
    return torch.stack([torch.from_numpy(data["rgb"][e, t : t + 16]) for e, t in clips])

if __name__ == "__main__":
    loader = torch.utils.data.DataLoader(starts, batch_size=8, shuffle=True, num_workers=2, collate_fn=read)
    for batch in loader:
        print(batch.shape, batch.dtype)
